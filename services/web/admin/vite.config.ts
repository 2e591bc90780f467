import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds the admin panel into `.cache/admin-dist` of the checkout; nothing is fetched while building or running. */
export default defineConfig({
  root: here,
  cacheDir: `${checkout}.cache/vite-admin`,
  plugins: [react()],
  define: {
    // react-admin's packages ask for this name in the browser too.
    'process.env.NODE_ENV': JSON.stringify('production'),
  },
  build: {
    outDir: `${checkout}.cache/admin-dist`,
    emptyOutDir: true,
    target: 'es2023',
    // One page, served from the same machine or a CDN beside it: one chunk is the quickest to start.
    chunkSizeWarningLimit: 2_000,
    reportCompressedSize: false,
  },
});
