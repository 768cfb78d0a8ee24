import { type Case, file } from "../table.ts";

const text = file("package.json");
const json = (source: string, value: unknown, ...expected: readonly string[]): Case =>
  text(source, JSON.stringify(value, undefined, 1), ...expected);

const ENGINES = "npm, package.json, engines";
const DEV = "npm, package.json, devEngines";
const RANGES = "node-semver README, Ranges";
const VOLTA = "Volta, Understanding Volta, Managing your project";
const WORKSPACES = "Volta, Workspaces";
const COREPACK = "Corepack README, packageManager";
const ORDER = "actions/setup-node, advanced usage, Node version file";
const BUN = "oven-sh/setup-bun, src/utils.ts";
const NO_RANGE = "that is not a range of versions";
const NO_VOLTA = "its Volta section extends no file that can be read";
const engines = (node: unknown) => ({ engines: { node } });

export const PACKAGE_JSON: readonly Case[] = [
  json(ENGINES, engines(">=18"), "node >=18 (package.json:3)"),
  json(ENGINES, engines(">=0.10.3 <15"), "node >=0.10.3 <15 (package.json:3)"),
  json(ENGINES, engines("20.11.0"), "node 20.11.0 (package.json:3)"),
  json(ENGINES, engines("*"), "node latest (package.json:3)"),
  json(ENGINES, engines(""), "node latest (package.json:3)"),
  json(ENGINES, { engines: { npm: "~1.0.20" } }),
  json(ENGINES, { engines: {} }),
  json(ENGINES, { name: "x" }),
  json(ENGINES, engines(20), `node ! ${NO_RANGE} (package.json:3)`),
  json(ENGINES, engines(null), `node ! ${NO_RANGE} (package.json:3)`),
  json(ENGINES, engines("20; rm -rf /"), `node ! ${NO_RANGE} (package.json:3)`),
  json(ENGINES, { engines: "node 20" }),
  json(ENGINES, { engines: { deno: ">=2" } }, "deno >=2 (package.json:3)"),
  json(ENGINES, { engines: { node: ">=20", bun: "^1.1" } }, "bun ^1.1 (package.json:4)", "node >=20 (package.json:3)"),
  json(RANGES, engines("^20.11.0 || >=22"), "node ^20.11.0 || >=22 (package.json:3)"),
  json(RANGES, engines("20.x"), "node 20 (package.json:3)"),
  json(RANGES, engines("20.X.x"), "node 20 (package.json:3)"),
  json(RANGES, engines("20.11.*"), "node 20.11 (package.json:3)"),
  json(RANGES, engines("20"), "node 20 (package.json:3)"),
  json(RANGES, engines("v20.11.0"), "node 20.11.0 (package.json:3)"),
  json(RANGES, engines("=20.11.0"), "node 20.11.0 (package.json:3)"),
  json(RANGES, engines("18 - 20"), "node 18 - 20 (package.json:3)"),
  json(RANGES, engines("~20.11"), "node ~20.11 (package.json:3)"),
  json(RANGES, engines("  >=20  "), "node >=20 (package.json:3)"),
  json(
    DEV,
    { devEngines: { runtime: { name: "node", version: ">=20", onFail: "error" } } },
    "node >=20 (package.json:3)",
  ),
  json(DEV, { devEngines: { runtime: { name: "node" } } }, "node latest (package.json:3)"),
  json(
    DEV,
    {
      devEngines: {
        runtime: [
          { name: "node", version: "22.x" },
          { name: "deno", version: "2" },
        ],
      },
    },
    "deno 2 (package.json:3)",
    "node 22 (package.json:3)",
  ),
  json(DEV, { devEngines: { runtime: { name: "workerd", version: "1" } } }),
  json(DEV, { devEngines: { packageManager: { name: "bun", version: "1.1.x" } } }, "bun 1.1 (package.json:3)"),
  json(DEV, { devEngines: { packageManager: { name: "pnpm", version: "9" } } }),
  json(DEV, { devEngines: { runtime: { name: "node", version: 20 } } }, `node ! ${NO_RANGE} (package.json:3)`),
  json(DEV, { devEngines: "node" }),
  json(
    DEV,
    { engines: { node: ">=18" }, devEngines: { runtime: { name: "node", version: "22" } } },
    "node 22 (package.json:6)",
  ),
  json(VOLTA, { volta: { node: "20.11.0" } }, "node 20.11.0 (package.json:3)"),
  json(VOLTA, { volta: { node: "20.11.0", yarn: "1.22.19" } }, "node 20.11.0 (package.json:3)"),
  json(VOLTA, { volta: { yarn: "1.22.19" } }),
  json(VOLTA, { volta: { node: "^20" } }, "node ! that is not a version (package.json:3)"),
  json(ORDER, { engines: { node: ">=16.0.0" }, volta: { node: "16.0.0" } }, "node 16.0.0 (package.json:6)"),
  json(
    ORDER,
    { volta: { node: "16.0.0" }, devEngines: { runtime: { name: "node", version: "22" } } },
    "node 16.0.0 (package.json:3)",
  ),
  [
    WORKSPACES,
    { "package.json": '{"volta":{"node":"20.1.0"}}', "a/b/package.json": '{"volta":{"extends":"../../package.json"}}' },
    "node 20.1.0 (package.json:1)",
  ],
  [
    WORKSPACES,
    {
      "package.json": '{"volta":{"node":"20.1.0"}}',
      "a/b/package.json": '{"volta":{"node":"22.1.0","extends":"../../package.json"}}',
    },
    "node 22.1.0 (package.json:1)",
  ],
  [
    WORKSPACES,
    {
      "package.json": '{"volta":{"node":"20.1.0"}}',
      "a/package.json": '{"volta":{"extends":"../package.json"}}',
      "a/b/package.json": '{"volta":{"extends":"../package.json"}}',
    },
    "node 20.1.0 (package.json:1)",
  ],
  [WORKSPACES, { "a/b/package.json": '{"volta":{"extends":"./package.json"}}' }, `node ! ${NO_VOLTA} (package.json:1)`],
  [WORKSPACES, { "a/b/package.json": '{"volta":{"extends":"../none.json"}}' }, `node ! ${NO_VOLTA} (package.json:1)`],
  [WORKSPACES, { "a/b/package.json": '{"volta":{"extends":"/etc/passwd"}}' }, `node ! ${NO_VOLTA} (package.json:1)`],
  json(COREPACK, { packageManager: "pnpm@9.1.0+sha256.0123" }),
  json(COREPACK, { packageManager: "npm@10.1.0" }),
  json(BUN, { packageManager: "bun@1.1.34" }, "bun 1.1.34 (package.json:2)"),
  json(BUN, { packageManager: "bun@1.1.34+sha224.0123" }, "bun 1.1.34 (package.json:2)"),
  json(BUN, { packageManager: "bun@1.1.34", engines: { bun: "1.0.0" } }, "bun 1.1.34 (package.json:2)"),
  text("npm, package.json", "{", ...["bun", "deno", "node"].map((tool) => `${tool} ! it is not JSON (package.json:1)`)),
  text(
    "npm, package.json",
    "[]",
    ...["bun", "deno", "node"].map((tool) => `${tool} ! it is not JSON (package.json:1)`),
  ),
  text("npm, package.json", '\ufeff{"engines":{"node":"20"}}', "node 20 (package.json:1)"),
  text(
    "npm, package.json",
    '{"scripts":{"node":"x","engines":"y"},\n"engines":{\n"node":"20"}}',
    "node 20 (package.json:3)",
  ),
  text(
    "npm, package.json",
    '{"a\\"b":[{"engines":{"node":"1"}}],\n\n"engines":{"node":"20"}}',
    "node 20 (package.json:3)",
  ),
  ["issue 6: the closest folder", { "a/.nvmrc": "20\n", "a/b/package.json": '{"name":"x"}' }, "node 20 (/a/.nvmrc:1)"],
  [
    "issue 6: the order within a folder",
    { "a/b/.nvmrc": "20\n", "a/b/package.json": '{"engines":{"node":"22"}}' },
    "node 20 (.nvmrc:1)",
  ],
];
