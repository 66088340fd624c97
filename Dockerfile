# Builds Plumbline into an image that runs without root and writes to /data only. docs/deploy.md explains it.

# The compiled program. Its tools stay behind in this stage.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build:code

# What it needs to run. better-sqlite3 is compiled where its binary cannot be downloaded.
FROM node:20-bookworm-slim AS modules
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates g++ make python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts
RUN npm rebuild better-sqlite3

FROM node:20-bookworm-slim
ENV NODE_ENV=production
ENV DATABASE_URL=sqlite:/data/plumbline.db
WORKDIR /app
COPY package.json manifest.yml ./
COPY migrations ./migrations
COPY --from=modules /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN chmod 755 /app/dist/cli.js \
    && ln -s /app/dist/cli.js /usr/local/bin/plumbline \
    && mkdir /data /config \
    && chown node:node /data
USER node
VOLUME /data
# plumbline.yml is read from the working directory.
WORKDIR /config
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["node", "/app/dist/cli.js", "health"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["serve"]
