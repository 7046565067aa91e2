FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build
# The registry's client brings 160 MB of clients of three clouds along; only what is loaded goes into the image.
RUN node scripts/image-modules.mjs /image/node_modules

FROM node:24-slim
# Inside a container the wallboard must listen on every address to be reached at all.
ENV NODE_ENV=production \
    FLOORWATCH_HTTP_HOST=0.0.0.0 \
    FLOORWATCH_HTTP_PORT=8080
WORKDIR /app
COPY package.json LICENSE ./
COPY schemas ./schemas
COPY --from=build /image/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.FLOORWATCH_HTTP_PORT}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["start"]
