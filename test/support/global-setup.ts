import { IS_CI, installLine, missingPackages } from "./needs.ts";

/** Says before the first test what will not be tested, and how to have it tested; with CI set, refuses to start. */
export default function setup(): void {
  const missing = missingPackages();
  if (missing.length > 0) {
    const list = missing.map((entry) => `  ${entry.package} (${entry.provides}): ${entry.for}`).join("\n");
    const advice = `\nMissing on this machine:\n${list}\nInstall: ${installLine(missing)}\n`;
    if (IS_CI) throw new Error(`Tests of real tools cannot run, and CI is set.${advice}`);
    console.warn(`${advice}Tests that need them are SKIPPED.\n`);
  }
  if (process.getuid?.() !== 0) console.warn("Not running as root: tests that need root are SKIPPED.\n");
}
