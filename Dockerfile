# The image of the gateway: Node, the libraries it links, CA certificates, time zones and the bundle. It has no shell and no
# package manager. `docker build .` makes it; `docker build --target sandbox .` makes one of the sandbox.

FROM node:24-bookworm AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build
# The dates of all files, in seconds since 1970: with the same inputs, the image has the same digest.
ARG SOURCE_DATE_EPOCH=0
RUN sh deploy/image/assemble.sh /runtime /gateway /sandbox

FROM scratch AS runtime
COPY --from=build /runtime /
ENV HOST=0.0.0.0 \
    ADMIN_HOST=0.0.0.0 \
    ADMIN_PORT=4001 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532

FROM runtime AS sandbox
COPY --from=build /sandbox /
WORKDIR /sandbox
ENV SANDBOX_HOST=0.0.0.0
EXPOSE 4010
ENTRYPOINT ["node", "main.ts"]

FROM runtime AS gateway
COPY --from=build /gateway /
WORKDIR /gateway
# What Node compiled at the build: it cannot write here.
ENV NODE_COMPILE_CACHE=/gateway/compiled \
    NODE_COMPILE_CACHE_PORTABLE=1
EXPOSE 4000 4001
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "--max-semi-space-size=1", "--v8-pool-size=0", "healthcheck.js"]
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="luminus-zoom-gateway" \
      org.opencontainers.image.description="A GraphQL gateway in front of the LumiNUS Zoom Conferencing API." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# The options of `npm start`, and a heap that fits into the memory limit of the container: V8 says when it is full, and the
# kernel would kill the process without a word.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--max-old-space-size-percentage=50", "gateway.js"]
