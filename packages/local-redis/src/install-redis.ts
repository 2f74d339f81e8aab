/** The line for who has no Redis. */
export const INSTALL_REDIS =
  'Install a Redis: `apt-get install -y redis-server`, or `brew install redis`, or `docker compose up -d` in this repository and REDIS_URL=redis://127.0.0.1:6379'
