import { expect, test } from "vitest";
import { bundleScript, startScript, temporaryFolder } from "./bundle.ts";

test("a failpoint kills the process at its name, at its N-th time, and otherwise does nothing", async () => {
  const script = bundleScript(
    temporaryFolder(),
    `import { writeSync } from "node:fs";
     import { failpoint } from "./host/failpoint.ts";
     for (let n = 1; n <= 3; n++) { failpoint("test.one"); writeSync(1, "one" + n + " "); failpoint("test.two"); writeSync(1, "two" + n + " "); }`,
  );
  const ends = async (OMG_FAILPOINT: string) => {
    const { signal, output } = await startScript(script, [], { OMG_FAILPOINT }).ended;
    return `${output}${signal}`;
  };
  expect(await ends("")).toBe("one1 two1 one2 two2 one3 two3 null");
  expect(await ends("test.none")).toBe("one1 two1 one2 two2 one3 two3 null");
  expect(await ends("test.one")).toBe("SIGKILL");
  expect(await ends("test.two:2")).toBe("one1 two1 one2 SIGKILL");
  expect(await ends("test.two:4")).toBe("one1 two1 one2 two2 one3 two3 null");
});
