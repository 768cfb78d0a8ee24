import { type Case, file } from "../table.ts";

const mod = file("go.mod");
const work = file("go.work");
const legacy = file("rust-toolchain");
const toml = file("rust-toolchain.toml");
const bun = file(".bun-version");

const GO_LINE = "Go Modules Reference, go directive";
const TOOLCHAIN_LINE = "Go Modules Reference, toolchain directive";
const SELECTION = "Go Toolchains, Go toolchain selection";
const VERSIONS = "Go Toolchains, Go versions";
const TRACE = "go, testdata/script/gotoolchain_godebug_trace.txt";
const WORKSPACES = "Go Modules Reference, Workspaces";
const LEXICAL = "Go Modules Reference, Lexical elements";
const RUSTUP = "The rustup book, Overrides, The toolchain file";
const CHANNEL = "The rustup book, Overrides, channel";
const PATH = "The rustup book, Overrides, path";
const SETUP_BUN = "oven-sh/setup-bun, src/utils.ts";

const NO_CHANNEL = "that is no channel: stable, beta, nightly or a version, with a date at most";

export const GO: readonly Case[] = [
  mod(GO_LINE, "module example.com/m\n\ngo 1.22\n", "go >=1.22 (go.mod:3)"),
  mod(GO_LINE, "module m\ngo 1.22.3\n", "go >=1.22.3 (go.mod:2)"),
  mod(GO_LINE, "module m\ngo 1.21rc2\n", "go >=1.21rc2 (go.mod:2)"),
  mod(GO_LINE, "module m\ngo 1.22 // at least\n", "go >=1.22 (go.mod:2)"),
  mod(GO_LINE, "module m\n"),
  mod(GO_LINE, "module m\ngo 1.22\ngo 1.23\n", "go ! it has a second go line (go.mod:3)"),
  mod(GO_LINE, "module m\ngo one\n", "go ! that is no go line (go.mod:2)"),
  mod(GO_LINE, "module m\ngo 1.22 1.23\n", "go ! that is no go line (go.mod:2)"),
  mod(GO_LINE, "module m\ngo\n", "go ! that is no go line (go.mod:2)"),
  mod(GO_LINE, "module m\ngo v1.22\n", "go ! that is no go line (go.mod:2)"),
  mod(TOOLCHAIN_LINE, "module m\ngo 1.21\ntoolchain go1.22.4\n", "go 1.22.4 >=1.22.4 (go.mod:3)"),
  mod(TOOLCHAIN_LINE, "module m\ntoolchain go1.22.4\n", "go 1.22.4 >=1.22.4 (go.mod:2)"),
  mod(TOOLCHAIN_LINE, "module m\ngo 1.21\ntoolchain default\n", "go >=1.21 (go.mod:2)"),
  mod(TOOLCHAIN_LINE, "module m\ntoolchain 1.22.4\n", "go ! that is no toolchain line (go.mod:2)"),
  mod(
    TOOLCHAIN_LINE,
    "module m\ntoolchain go1.22.4\ntoolchain go1.22.5\n",
    "go ! it has a second toolchain line (go.mod:3)",
  ),
  mod(VERSIONS, "module m\ngo 1.21\ntoolchain go1.22.4-custom\n", "go 1.22.4 >=1.22.4 (go.mod:3)"),
  mod(VERSIONS, "module m\ngo 1.21.0\ntoolchain go1.21rc3\n", "go >=1.21.0 (go.mod:2)"),
  mod(VERSIONS, "module m\ngo 1.21rc2\ntoolchain go1.21rc3\n", "go 1.21rc3 >=1.21rc3 (go.mod:3)"),
  mod(VERSIONS, "module m\ngo 1.21\ntoolchain go1.21rc1\n", "go 1.21rc1 >=1.21rc1 (go.mod:3)"),
  mod(TRACE, "module m\ngo 1.21.1\ntoolchain go1.21.2\n", "go 1.21.2 >=1.21.2 (go.mod:3)"),
  mod(TRACE, "module m\ngo 1.22\ntoolchain go1.21.2\n", "go >=1.22 (go.mod:2)"),
  mod(TRACE, "module m\ngo 1.21.0\ntoolchain go1.21.0\n", "go 1.21.0 >=1.21.0 (go.mod:3)"),
  mod(LEXICAL, "module m\nrequire (\n\tgo 1.99\n)\ngo 1.22\n", "go >=1.22 (go.mod:5)"),
  mod(LEXICAL, "module m\n// go 1.99\ngo 1.22\n", "go >=1.22 (go.mod:3)"),
  mod(LEXICAL, "module m\r\n\tgo 1.22\r\n", "go >=1.22 (go.mod:2)"),
  work(WORKSPACES, "go 1.22\n\nuse ./a\n", "go >=1.22 (go.work:1)"),
  work(WORKSPACES, "go 1.21\ntoolchain go1.22.4\nuse (\n\t./a\n)\n", "go 1.22.4 >=1.22.4 (go.work:2)"),
  [WORKSPACES, { "a/b/go.mod": "module m\ngo 1.23\n", "a/b/go.work": "go 1.22\n" }, "go >=1.22 (go.work:1)"],
  [WORKSPACES, { "a/b/go.mod": "module m\ngo 1.23\n", "go.work": "go 1.22\n" }, "go >=1.22 (/go.work:1)"],
  [
    WORKSPACES,
    { "a/go.work": "go 1.21\n", "go.work": "go 1.22\n", "a/b/go.mod": "module m\ngo 1.20\n" },
    "go >=1.21 (/a/go.work:1)",
  ],
  [SELECTION, { "go.mod": "module m\ngo 1.22\n" }, "go >=1.22 (/go.mod:1)".replace(":1", ":2")],
  [SELECTION, { "go.mod": "module m\ngo 1.21\n", "a/go.mod": "module n\ngo 1.22\n" }, "go >=1.22 (/a/go.mod:2)"],
  [
    "issue 6: the closest folder",
    { "a/b/.tool-versions": "golang 1.20.1\n", "go.work": "go 1.22\n" },
    "go 1.20.1 (.tool-versions:1)",
  ],
];

export const RUST: readonly Case[] = [
  toml(
    RUSTUP,
    '[toolchain]\nchannel = "nightly-2020-07-10"\ncomponents = [ "rustfmt" ]\ntargets = [ "wasm32-unknown-unknown" ]\nprofile = "minimal"\n',
    "rust nightly-2020-07-10 (rust-toolchain.toml:2)",
  ),
  toml(RUSTUP, '[toolchain]\ncomponents = ["rustfmt"]\n', "rust (rust-toolchain.toml:2)"),
  toml(RUSTUP, "[toolchain]\n", "rust ! it has nothing under [toolchain] (rust-toolchain.toml:1)"),
  toml(RUSTUP, "", "rust ! it has nothing under [toolchain] (rust-toolchain.toml:1)"),
  toml(RUSTUP, "stable\n", "rust ! it is not TOML (rust-toolchain.toml:1)"),
  legacy(RUSTUP, "nightly-2021-01-21\n", "rust nightly-2021-01-21 (rust-toolchain:1)"),
  legacy(RUSTUP, "1.75.0", "rust 1.75.0 (rust-toolchain:1)"),
  legacy(RUSTUP, "  stable  \n", "rust stable (rust-toolchain:1)"),
  legacy(RUSTUP, "", "rust ! it is empty (rust-toolchain:1)"),
  legacy(RUSTUP, "\ufeffstable\n", `rust ! ${NO_CHANNEL} (rust-toolchain:1)`),
  legacy(RUSTUP, '[toolchain]\nchannel = "beta"\n', "rust beta (rust-toolchain:2)"),
  legacy(RUSTUP, "stable\nbeta\n", "rust ! it is not TOML (rust-toolchain:1)"),
  [
    RUSTUP,
    { "a/b/rust-toolchain": "1.70.0\n", "a/b/rust-toolchain.toml": '[toolchain]\nchannel = "1.75.0"\n' },
    "rust 1.70.0 (rust-toolchain:1)",
  ],
  toml(CHANNEL, '[toolchain]\nchannel = "stable"\n', "rust stable (rust-toolchain.toml:2)"),
  toml(CHANNEL, '[toolchain]\nchannel = "1.75"\n', "rust 1.75 (rust-toolchain.toml:2)"),
  toml(CHANNEL, '[toolchain]\nchannel = "1.75.0"\n', "rust 1.75.0 (rust-toolchain.toml:2)"),
  toml(CHANNEL, '[toolchain]\nchannel = "beta-2024-05-01"\n', "rust beta-2024-05-01 (rust-toolchain.toml:2)"),
  toml(CHANNEL, '[toolchain]\nchannel = "my-own"\n', `rust ! ${NO_CHANNEL} (rust-toolchain.toml:2)`),
  toml(
    CHANNEL,
    '[toolchain]\nchannel = "nightly-x86_64-unknown-linux-gnu"\n',
    `rust ! ${NO_CHANNEL} (rust-toolchain.toml:2)`,
  ),
  toml(CHANNEL, "[toolchain]\nchannel = 1.75\n", `rust ! ${NO_CHANNEL} (rust-toolchain.toml:2)`),
  toml(CHANNEL, 'toolchain.channel = "1.75.0"\n', "rust 1.75.0 (rust-toolchain.toml:1)"),
  toml(PATH, '[toolchain]\npath = "/opt/rust"\n', "rust path:/opt/rust (rust-toolchain.toml:2)"),
  toml(PATH, '[toolchain]\npath = "rust"\n', "rust ! the path of a toolchain is absolute (rust-toolchain.toml:2)"),
  toml(
    PATH,
    '[toolchain]\nchannel = "stable"\npath = "/opt/rust"\n',
    "rust ! it has both a channel and a path (rust-toolchain.toml:3)",
  ),
  [
    "The rustup book, Overrides",
    { "rust-toolchain": "1.70.0\n", "a/rust-toolchain.toml": '[toolchain]\nchannel = "1.75.0"\n' },
    "rust 1.75.0 (/a/rust-toolchain.toml:2)",
  ],
];

export const BUN: readonly Case[] = [
  bun(SETUP_BUN, "1.1.34\n", "bun 1.1.34 (.bun-version:1)"),
  bun(SETUP_BUN, "v1.1.34\n", "bun 1.1.34 (.bun-version:1)"),
  bun(SETUP_BUN, "bun-v1.1.34\n", "bun 1.1.34 (.bun-version:1)"),
  bun(SETUP_BUN, "latest\n", "bun latest (.bun-version:1)"),
  bun(SETUP_BUN, "1.1\n", "bun 1.1 (.bun-version:1)"),
  bun(SETUP_BUN, "\n", "bun ! it names no version (.bun-version:1)"),
  bun(SETUP_BUN, "/etc\n", "bun ! that is not a version (.bun-version:1)"),
  [
    "issue 6: the order within a folder",
    { "a/b/.bun-version": "1.1.0\n", "a/b/package.json": '{"packageManager":"bun@1.0.0"}' },
    "bun 1.0.0 (package.json:1)",
  ],
];
