# The images of the services: one file, and `--build-arg APP=gateway`, `coordinator`, `participant` or `chat`.
# The stages down to `build` are the same for all of them and are built once.

# Keeps the broker's password and configuration (containers/broker-setup.sh). An empty volume takes the owner of the
# folder it is mounted on, which is how the broker, whose image has no shell, comes to folders that it may write as `node`.
FROM node:24-bookworm-slim AS broker-setup
RUN mkdir /broker /broker-data && chown node:node /broker /broker-data
COPY containers/broker-setup.sh containers/nats.conf /parley/containers/
USER node
CMD ["/parley/containers/broker-setup.sh"]

# What npm needs to know: as long as this stays the same, later stages need not install again.
FROM node:24-bookworm-slim AS manifests
WORKDIR /parley
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

# All services, compiled. What is only of use to other packages and debuggers does not go on.
FROM node:24-bookworm-slim AS build
WORKDIR /parley
COPY --from=manifests /parley ./
RUN npm ci --ignore-scripts --omit=optional
COPY . .
RUN npx tsc -b apps/gateway/tsconfig.build.json apps/coordinator/tsconfig.build.json apps/participant/tsconfig.build.json \
    apps/chat/tsconfig.build.json \
  && find apps libs -path '*/dist/*' \( -name '*.d.ts' -o -name '*.map' -o -name .tsbuildinfo \) -delete

# One service: its dependencies in production, and of the workspace itself and what it imports.
FROM node:24-bookworm-slim AS service
ARG APP
WORKDIR /parley
COPY --from=manifests /parley ./
# npm follows the devDependencies of linked workspaces also with --omit=dev, which would bring a broker into every image.
RUN npm pkg delete devDependencies --workspaces \
  && npm ci --ignore-scripts --omit=dev --workspace "apps/$APP"
COPY --from=build /parley/apps /built/apps
COPY --from=build /parley/libs /built/libs
RUN rm -r apps libs bench e2e \
  && for link in node_modules/@parley/*; do \
       package=$(readlink -m "$link") && package=${package#/parley/} \
       && mkdir -p "$package" \
       && cp -r "/built/$package/package.json" "/built/$package/dist" "$package/" || exit 1; \
     done

FROM node:24-bookworm-slim
RUN mkdir /data && chown node:node /data
ENV NODE_ENV=production PARLEY_DATA=/data
COPY --from=service /parley /parley
COPY containers/claim-slot.sh containers/alive.js /parley/containers/
ARG APP
WORKDIR /parley/apps/$APP
USER node
CMD ["node", "dist/main.js"]
