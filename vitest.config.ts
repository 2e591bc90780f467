import { defineConfig } from 'vitest/config';

/** Types are stripped and nothing else, so no tsconfig is read: a test runs whatever state the other projects are in. */
const oxc = { target: 'node24', tsconfig: false };

const outside = ['**/node_modules/**', 'e2e/**', 'services/web/**'];

export default defineConfig({
  oxc,
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      './services/web/vitest.config.ts',
      {
        extends: true,
        test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...outside, '**/*.{pg,twin,docker,conformance}.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['**/*.pg.test.ts'],
          exclude: outside,
          globalSetup: ['./sim/checks/pg-server.ts'],
        },
      },
      {
        extends: true,
        // On a twin that is up (SIM_DIR names it): `npm test` brings one up of its own.
        test: { name: 'twin', include: ['**/*.twin.test.ts'], exclude: outside },
      },
      {
        extends: true,
        // The components of one driver, started singly. `npm run conformance` runs both and holds the results against the table.
        test: {
          name: 'conformance',
          include: ['sim/conformance/cases/**/*.conformance.test.ts'],
          exclude: outside,
          globalSetup: ['./sim/conformance/frame/global-setup.ts'],
          // Testcontainers' reaper is an image of its own, and the ports are published on this machine's loopback.
          env: { TESTCONTAINERS_RYUK_DISABLED: 'true', TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' },
        },
      },
      {
        extends: true,
        // With a Docker engine; where none answers they are skipped, unless REQUIRE names docker.
        test: { name: 'docker', include: ['**/*.docker.test.ts'], exclude: outside, testTimeout: 300_000, hookTimeout: 300_000 },
      },
    ],
  },
});
