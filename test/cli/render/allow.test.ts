import { describe, expect, it } from "vitest";
import type { AllowResult } from "../../../app/answers.ts";
import { allowScreen } from "../../../cli/render/allow.ts";
import { paint } from "../../../cli/render/screen.ts";

type File = AllowResult["files"][number];
const shown = (file: Partial<File>) => {
  const whole = { path: "/p/omg.lock", before: false, naming: false, variables: [], aliases: [], refused: [], ...file };
  return paint(
    allowScreen({ folder: "/p", files: [whole] }, { columns: 80, color: false, verbose: false, now: new Date(0) }),
    {
      color: false,
    },
  );
};

describe("the screen of omg allow", () => {
  it("cuts nothing out of what is agreed to", () => {
    const command = `true ${"x".repeat(200)}; harm; ${"y".repeat(200)}`;
    expect(shown({ variables: [{ name: "A", kind: "command", value: command }] })).toContain(
      `  env  A  from the command ${command}\n`,
    );
    expect(shown({ aliases: [{ name: "ll", value: command }] })).toContain(`  alias  ll  ${command}\n`);
  });

  it("shows what a terminal would not: lines, steering characters, marks that reorder text, nothing at all", () => {
    const variables = ["# harmless\nharm", "a\u001b[2Kb", "a\u202eb\u200bc", "", "it's é"].map((value, index) => ({
      name: `V${index}`,
      kind: "value" as const,
      value,
    }));
    expect(shown({ variables })).toContain(`  env  V0  "# harmless\\nharm"
  env  V1  "a\\u001b[2Kb"
  env  V2  "a\\u202eb\\u200bc"
  env  V3  ""
  env  V4  it's é
`);
  });
});
