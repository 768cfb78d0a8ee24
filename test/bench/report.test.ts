import { describe, expect, it } from "vitest";
import { measure, summary } from "../../bench/measure.ts";
import { tableText } from "../../bench/report.ts";
import type { Root } from "../../bench/root.ts";

describe("the summary of a line", () => {
  it("is its median, and how far it spread", () => {
    expect(summary([30, 10, 20])).toEqual({ median: 20, low: 10, high: 30 });
    expect(summary([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1, high: 4 });
  });
});

describe("a table", () => {
  it("divides by the line it is against, and says what was not here", () => {
    const timings = [
      { name: "omg plan", median: 100, low: 90, high: 120, cpu: 110 },
      { name: "puppet apply --noop", median: 4649.6, low: 4600, high: 4700 },
      { name: "ansible-playbook --check", note: "not here" },
    ];
    expect(tableText({ title: "In-sync plan", unit: "ms", timings, against: "omg plan" })).toBe(`## In-sync plan

|                          |   median |     low |    high |   ratio |    cpu |
|--------------------------|---------:|--------:|--------:|--------:|-------:|
| omg plan                 |   100 ms |   90 ms |  120 ms |  x 1.00 | 110 ms |
| puppet apply --noop      |  4650 ms | 4600 ms | 4700 ms | x 46.50 |        |
| ansible-playbook --check | not here |         |         |         |        |
`);
  });
});

describe("a measurement", () => {
  const root: Root = { folder: "/", project: "/", lock: "/omg.lock", env: { PATH: "/usr/bin:/bin" } };

  it("runs its lines in turns, with what comes before each", async () => {
    const order: string[] = [];
    const line = (name: string) => ({ name, command: ["true"] as const, before: () => void order.push(name) });
    const timings = await measure(root, [line("a"), line("b")], 2);
    expect(order.join("")).toBe("ababab");
    expect(timings.map(({ name }) => name)).toEqual(["a", "b"]);
    for (const { median = Number.NaN } of timings) expect(median).toBeGreaterThan(0);
  });

  it("counts what the children of a program use as well", async () => {
    const busy = `${process.execPath} -e 'while (process.cpuUsage().user < 100_000);'`;
    const [timing] = await measure(root, [{ name: "busy", command: ["sh", "-c", `${busy}; true`] }], 2);
    expect(timing?.cpu).toBeGreaterThanOrEqual(90);
  });

  it("takes the number that a program prints about itself", async () => {
    const timings = await measure(
      root,
      [{ name: "own", command: ["echo", "took 12.5 ms"], reads: /took (\S+) ms/ }],
      3,
    );
    expect(timings[0]?.median).toBe(12.5);
  });

  it.each([
    ["fails", { name: "x", command: ["false"] as const }, "x ended with 1"],
    ["says something else", { name: "x", command: ["echo", "changed=1"] as const, says: /changed=0/ }, "did not say"],
  ])("counts nothing of a program that %s", async (_what, contender, message) => {
    await expect(measure(root, [contender], 1)).rejects.toThrow(message);
  });
});
