import { describe, expect, it } from "vitest";
import type { WhichTool } from "../../../app/answers.ts";
import { paint } from "../../../cli/render/screen.ts";
import { whichScreen } from "../../../cli/render/which.ts";

const shown = (columns: number, tools: readonly Partial<WhichTool>[]) => {
  const whole = tools.map((tool): WhichTool => ({ name: "node", versions: [], missing: [], ...tool }));
  const screen = { columns, color: false, verbose: false, now: new Date(0) };
  return paint(whichScreen({ folder: "/srv/shop/api", tools: whole }, screen), screen);
};
const bin = "/home/ada/.local/share/omg/versions/node/20.19.5";
const node = {
  versions: [{ version: "20.19.5", folder: bin }],
  requests: ["20"],
  because: { file: "/srv/shop/.nvmrc", line: 1 },
};
const python = { name: "python", missing: ["3.12"], requests: ["3.12"], remedy: "omg use python 3.12" };

describe("the screen of omg which", () => {
  it("names files as from here, and the program of each where there is room for all", () => {
    const because = { file: "/srv/shop/api/.python-version", line: 1 };
    const tools = [
      { ...node, path: `${bin}/bin/node` },
      { ...python, because },
    ];
    expect(shown(140, tools)).toBe(`node    20.19.5        20 · ../.nvmrc:1          ${bin}/bin/node
python  not installed  3.12 · .python-version:1

Next: omg use python 3.12
`);
    expect(shown(80, tools).split("\n").slice(0, 2)).toEqual([
      "node    20.19.5        20 · ../.nvmrc:1",
      "python  not installed  3.12 · .python-version:1",
    ]);
    expect(shown(80, tools.slice(0, 1))).toBe(
      "node  20.19.5  20 · ../.nvmrc:1  /home/ada/.local/share/…s/node/20.19.5/bin/node\n",
    );
  });

  it("tells once what is wrong with a file that several could be about", () => {
    const broken = { because: { file: "/srv/shop/omg.lock", line: 3 }, fault: "unknown key `x`" };
    expect(shown(80, [broken, { ...broken, name: "go" }])).toBe(`node  not known  ../omg.lock:3
go    not known  ../omg.lock:3

! ../omg.lock:3: unknown key \`x\`.
`);
  });

  it("tells what a version lacks from what is damaged, and what is mise's", () => {
    expect(shown(100, [{ ...node, name: "npm", path: "/usr/bin/npm" }])).toBe(
      "npm  20.19.5, without it  20 · ../.nvmrc:1  /usr/bin/npm\n",
    );
    const because = { file: "/srv/shop/mise.toml", line: 2 };
    const zig = { name: "zig", because, requests: ["0.13"], foreign: true } as const;
    expect(shown(100, [{ ...zig, missing: ["0.13"] }])).toBe("zig  0.13  not installed · ../mise.toml:2\n");
    expect(shown(100, [{ ...zig, versions: [{ version: "0.13.0", folder: "/m" }] }])).toBe(
      "zig  0.13.0  0.13 · by mise · ../mise.toml:2\n",
    );
    expect(shown(100, [{ ...node, damaged: true, remedy: "omg use node 20.19.5" }])).toBe(
      "node  20.19.5, damaged  20 · ../.nvmrc:1\n\nNext: omg use node 20.19.5\n",
    );
  });
});
