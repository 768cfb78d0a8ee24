import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from "vitest/node";
import { IS_CI, installLine, missingPackages } from "./needs.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Files that could not be loaded, and suites whose hooks failed, count as one failure each. */
function count(modules: readonly TestModule[], unhandled: number): Counts {
  const counts: Counts = { passed: 0, failed: unhandled, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === "passed" || state === "failed" ? state : "skipped"] += 1;
    }
  }
  return counts;
}

/** Either the test or what it tests has a fault that does not always show. */
function isUnsteady(test: TestCase): boolean {
  return test.diagnostic()?.flaky === true;
}

/** Ends the output with one plain line: `Tests: 123 passed, 0 failed, 0 skipped`. */
export default class PlainSummary implements Reporter {
  #isFiltered = false;

  onInit(vitest: Vitest): void {
    this.#isFiltered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[], reason: TestRunEndReason): void {
    const { passed, failed, skipped } = count(modules, unhandled.length);
    if (skipped > 0 && !this.#isFiltered) this.#explainSkips(skipped);
    const unsteady = modules.flatMap((module) => [...module.children.allTests()].filter(isUnsteady));
    for (const { fullName, module } of unsteady)
      process.stdout.write(
        `UNSTEADY: ${module.relativeModuleId} > ${fullName} failed, and passed when it was run again.\n`,
      );
    const cut = reason === "interrupted" ? " (interrupted)" : "";
    process.stdout.write(`Tests: ${passed} passed, ${failed} failed, ${skipped} skipped${cut}\n`);
  }

  #explainSkips(skipped: number): void {
    const missing = missingPackages();
    const install = missing.length > 0 ? `\nTo run all of them: ${installLine(missing)}` : "";
    process.stdout.write(`NOT TESTED: ${skipped} tests were skipped.${install}\n`);
    if (!IS_CI) return;
    process.stdout.write("CI is set, where a skipped test is a failure.\n");
    process.exitCode = 1;
  }
}
