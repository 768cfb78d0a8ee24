import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Machines that test are often slow, and a test that hangs is found all the same.
    testTimeout: 240_000,
    hookTimeout: 300_000,
    setupFiles: ["test/support/property-seed.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    reporters: ["default", "./test/support/plain-summary.ts"],
  },
});
