import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    setupFiles: ["test/support/property-seed.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    reporters: ["default", "./test/support/plain-summary.ts"],
  },
});
