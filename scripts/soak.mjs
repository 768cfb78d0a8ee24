// npm run soak [-- MINUTES]: omgd under drift, commits and questions at random for a time, where `npm test` takes a moment of it.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const minutes = Number(process.argv[2] ?? 30);

if (minutes > 0) {
  const { status } = spawnSync(join(ROOT, "node_modules/.bin/vitest"), ["run", "test/soak"], {
    cwd: ROOT,
    env: { ...process.env, OMG_SOAK_MINUTES: String(minutes) },
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} else {
  console.error("soak: for how many minutes? Such as: npm run soak -- 30");
  process.exitCode = 1;
}
