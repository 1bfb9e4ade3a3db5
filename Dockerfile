# The image of lbscope. docs/installation.md says how to run it; test/e2e/install builds it from this file.
ARG NODE=24
ARG DEBIAN=bookworm

FROM node:${NODE}-${DEBIAN}-slim AS build
WORKDIR /build
COPY scripts/image/ scripts/image/
RUN scripts/image/install-packages.sh
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN make build
RUN scripts/image/assemble.sh /image

# Neither shell nor package manager: what is there is what scripts/image/assemble.sh puts there.
FROM scratch
COPY --from=build /image/ /
ENV NODE_ENV=production
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["lbscope"]
CMD ["run", "--config", "/etc/lbscope/config.yaml"]
