# One image for every service: SERVICES says which of them a container runs, or `migrate` (services/README.md). It writes nowhere, so it
# runs on a read-only root file system, and holds no secret: those come from Secrets Manager and KMS. Builds with and without BuildKit.
FROM node:24-trixie-slim AS packages
WORKDIR /app
# Another registry than npm's own; as an argument of this stage it leaves no trace in the image.
ARG NPM_CONFIG_REGISTRY
COPY package.json package-lock.json ./
# No package of ours needs its install script in production. npm's record of the tree names the registry, and nothing reads types, source maps or tests.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm node_modules/.package-lock.json \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.test.*' \) -delete

# Packages of a thousand files are put together (sim/packages): finding and reading them was a third of a start.
FROM packages AS bundled
# Beside the packages of production, not among them.
COPY sim/packages/bundle.ts /tools/
RUN npm install --prefix /tools --ignore-scripts --no-audit --no-fund \
    "rolldown@$(node -p "require('/app/package-lock.json').packages['node_modules/rolldown'].version")" \
  && node --input-type=module -e "const { bundlePackages } = await import('/tools/bundle.ts'); await bundlePackages('/app', '/app/bundles')" \
  && chmod -R a+rX,go-w bundles

# Node strips the types and compiles a thousand modules at each start, unless it finds both done. It files that by version, flags and user.
FROM packages AS compiled
COPY services services
COPY --from=bundled /app/bundles bundles
# A checkout may be readable to its owner alone.
RUN chmod -R a+rX,go-w package.json services && mkdir -p .cache/node && chown -R 1000:1000 .cache
USER 1000:1000
ENV NODE_COMPILE_CACHE=/app/.cache/node
RUN node --import /app/bundles/register.mjs --input-type=module -e "import { globSync } from 'node:fs'; \
    for (const file of globSync('services/**/*.ts', { exclude: ['**/main.ts'] })) await import('./' + file); \
    await import('nodemailer')" \
  && chmod -R a+rX,go-w .cache

FROM node:24-trixie-slim
LABEL org.opencontainers.image.title="madeinworld" \
  org.opencontainers.image.description="The services of madeinworld; SERVICES chooses which of them run"
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=compiled /app/package.json ./
COPY --from=compiled /app/services services
COPY --from=compiled /app/bundles bundles
COPY --from=compiled --chown=0:0 /app/.cache .cache
# The malloc settings give large buffers back to the system: a container pays for what it holds.
ENV NODE_ENV=production \
  NODE_COMPILE_CACHE=/app/.cache/node \
  MALLOC_ARENA_MAX=2 \
  MALLOC_MMAP_THRESHOLD_=131072 \
  MALLOC_TRIM_THRESHOLD_=262144
USER 1000:1000
# How V8 keeps memory: sim/topology/node-flags.ts says why, and a test that it is the same.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--heap-growing-percent=50", "--import", "/app/bundles/register.mjs", "services/main.ts"]
