import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askYes } from "../../cli/confirm.ts";

function ask(type: (input: PassThrough, abort: () => void) => void) {
  const [input, output, controller] = [new PassThrough(), new PassThrough(), new AbortController()];
  const answer = askYes("Apply? [y/N] ", { input, output, signal: controller.signal });
  type(input, () => controller.abort());
  return answer.then((yes) => ({ yes, shown: String(output.read()) }));
}

describe("the question", () => {
  it.each(["y\n", "Y\n", "yes\n", " YES \r\n"])("takes %j for yes", async (typed) => {
    expect(await ask((input) => input.write(typed))).toEqual({ yes: true, shown: "Apply? [y/N] " });
  });

  it.each(["\n", "n\n", "yess\n", "no\n", "yes please\n", "ja\n"])("takes %j for no", async (typed) => {
    expect((await ask((input) => input.write(typed))).yes).toBe(false);
  });

  it("takes the end of the input for no, half a line included", async () => {
    expect((await ask((input) => input.end())).yes).toBe(false);
  });

  it("takes a signal for no", async () => {
    expect(await ask((_, abort) => abort())).toEqual({ yes: false, shown: "Apply? [y/N] \n" });
  });

  it("is not asked once a signal came", async () => {
    const output = new PassThrough();
    expect(await askYes("?", { input: new PassThrough(), output, signal: AbortSignal.abort() })).toBe(false);
    expect(output.read()).toBe(null);
  });
});
