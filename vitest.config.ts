import { defineConfig } from "vitest/config";
import { IS_CI } from "./test/support/needs.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Machines that test are often slow, and a test that hangs is found all the same.
    testTimeout: 240_000,
    hookTimeout: 300_000,
    // A pipeline's answer is about the change. What passes only the second time is named at the end, and is to be mended.
    retry: IS_CI ? 1 : 0,
    setupFiles: ["test/support/property-seed.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    reporters: ["default", "./test/support/plain-summary.ts"],
  },
});
