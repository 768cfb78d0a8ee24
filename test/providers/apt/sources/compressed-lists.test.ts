import { describe, expect, test } from "vitest";
import { operationsFor } from "../../../../providers/apt/act/operations.ts";
import { createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { createBench } from "../../../support/apt-run.ts";
import { labArtifact, step, transaction } from "../../../support/apt-steps.ts";
import { needs } from "../../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("a machine whose apt keeps its lists compressed", () => {
  test.each([
    ["for everything", 'Acquire::GzipIndexes "true";'],
    [
      "for Packages files",
      'Acquire::IndexTargets::deb::Packages { KeepCompressed "true"; KeepCompressedAs "lz4 gz"; };',
    ],
    ["in an order of its own", 'Acquire::GzipIndexes "true"; Acquire::CompressionTypes::Order { "xz"; "gz"; };'],
  ])("%s can be changed like any other", async (_, conf) => {
    const lab = await createAptLab({ conf });
    try {
      const bench = createBench(lab);
      const after = { version: "1.0", auto: false, hold: false };
      const plan = transaction([step("install", "omg-lib", null, after)], [labArtifact(lab, bench, "omg-lib", "1.0")]);
      await bench.run(operationsFor(plan, bench.workspace(), bench.program));
      expect((await lab.installed()).get("omg-lib")).toMatchObject({ version: "1.0", status: "ii" });
    } finally {
      await lab.dispose();
    }
  });
});
