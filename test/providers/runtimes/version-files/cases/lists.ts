import { type Case, file } from "../table.ts";

const tools = file(".tool-versions");
const mise = file("mise.toml");

const ASDF = "asdf, Configuration, .tool-versions";
const ASDF_READ = "asdf, internal/toolversions/toolversions.go";
const ASDF_LATEST = "asdf, Versions, Set Version";
const SCOPES = "mise, Configuration, Scopes";
const MISE_LIST = "mise, Configuration, .tool-versions";
const MISE = "mise, Configuration, mise.toml";
const MISE_TOOLS = "mise, Dev tools";
const MISE_FILES = "mise, Configuration, file paths in order of precedence";

const NONE = "it names no version";
const NO_TEXT = "a version is a text in quotes, or a table with `version`";

export const LISTS: readonly Case[] = [
  tools(ASDF, "ruby 2.5.3\nnodejs 10.15.0\n", "node 10.15.0 (.tool-versions:2)", "ruby 2.5.3 (.tool-versions:1)"),
  tools(
    ASDF,
    "ruby 2.5.3 # This is a comment\n# This is another comment\nnodejs 10.15.0\n",
    "node 10.15.0 (.tool-versions:3)",
    "ruby 2.5.3 (.tool-versions:1)",
  ),
  tools(ASDF, "python 3.7.2 2.7.15 system\n", "python 3.7.2 2.7.15 system (.tool-versions:1)"),
  tools(ASDF, "nodejs ref:v1.0.2-a\n", "node ref:v1.0.2-a (.tool-versions:1)"),
  tools(ASDF, "golang ref:39cb398vb39\n", "go ref:39cb398vb39 (.tool-versions:1)"),
  tools(ASDF, "elixir path:~/src/elixir\n", "elixir path:~/src/elixir (.tool-versions:1)"),
  tools(ASDF, "nodejs path:/opt/node\n", "node path:/opt/node (.tool-versions:1)"),
  tools(ASDF, "nodejs system\n", "node system (.tool-versions:1)"),
  tools(ASDF, "java temurin-21.0.4+7.0.LTS\n", "java 21.0.4+7 (.tool-versions:1)"),
  tools(ASDF, "java zulu-21.36.17\n", "java zulu-21.36.17 (.tool-versions:1)"),
  tools(ASDF_READ, "  nodejs   20.1.0  \n", "node 20.1.0 (.tool-versions:1)"),
  tools(ASDF_READ, "nodejs 20.1.0#x\n", "node 20.1.0 (.tool-versions:1)"),
  tools(ASDF_READ, "nodejs 20.1.0\nnodejs 22.1.0\n", "node 20.1.0 (.tool-versions:1)"),
  tools(ASDF_READ, "nodejs\n", `node ! ${NONE} (.tool-versions:1)`),
  tools(ASDF_READ, "nodejs # 20\n", `node ! ${NONE} (.tool-versions:1)`),
  tools(ASDF_READ, "\n\n"),
  tools(ASDF_READ, "nodejs 20.1.0\r\n", "node 20.1.0 (.tool-versions:1)"),
  tools(ASDF_READ, "terraform 1.9.0\n", "terraform 1.9.0 (.tool-versions:1)"),
  tools(ASDF_READ, "nodejs ../../evil\n", 'node ! "../../evil" is not a version (.tool-versions:1)'),
  tools(ASDF_READ, "nodejs 20.1.0 ref:../x\n", 'node ! "ref:../x" is not a version (.tool-versions:1)'),
  tools(ASDF_LATEST, "nodejs latest\n", "node latest (.tool-versions:1)"),
  tools(ASDF_LATEST, "nodejs latest:20\n", "node 20 (.tool-versions:1)"),
  tools(MISE_LIST, "node        20.0.0       # comments are allowed\n", "node 20.0.0 (.tool-versions:1)"),
  tools(MISE_LIST, "ruby        3            # can be fuzzy version\n", "ruby 3 (.tool-versions:1)"),
  tools(MISE_LIST, "go          prefix:1.19\n", "go 1.19 (.tool-versions:1)"),
  tools(MISE_LIST, "shfmt       path:./shfmt\n", "shfmt path:/w/a/b/./shfmt (.tool-versions:1)"),
  tools(MISE_LIST, "node        lts\n", "node lts (.tool-versions:1)"),
  tools(MISE_LIST, "node        sub-2:lts\n", "node sub-2:lts (.tool-versions:1)"),
  tools(MISE_LIST, "python      sub-0.1:latest\n", "python sub-0.1:latest (.tool-versions:1)"),
  tools(MISE_LIST, "node lts-iron\n", "node lts/iron (.tool-versions:1)"),
  tools(MISE_LIST, "rust nightly\n", "rust nightly (.tool-versions:1)"),
  [
    "asdf, Configuration",
    { ".tool-versions": "nodejs 18.0.0\nruby 3.3.0\n", "a/.tool-versions": "nodejs 20.0.0\n" },
    "node 20.0.0 (/a/.tool-versions:1)",
    "ruby 3.3.0 (/.tool-versions:2)",
  ],

  mise(MISE, '[tools]\nnode = "20"\npython = "3.10"\n', "node 20 (mise.toml:2)", "python 3.10 (mise.toml:3)"),
  mise(MISE, "[tools]\nterraform = '1.0.0'\n", "terraform 1.0.0 (mise.toml:2)"),
  mise(MISE, "[tools]\nerlang = ['23.3', '24.0']\n", "erlang + 23.3 24.0 (mise.toml:2)"),
  mise(
    MISE,
    "[tools]\nnode = ['16', 'prefix:20', 'ref:master', 'path:~/.nodes/14']\n",
    "node + 16 20 ref:master path:~/.nodes/14 (mise.toml:2)",
  ),
  mise(MISE, "[env]\nNODE_ENV = 'production'\n"),
  mise(MISE, "[tools]\n"),
  mise(MISE, "tools = 3\n", "* ! [tools] is not a table (mise.toml:1)"),
  mise(MISE, "[tools\n", "* ! it is not TOML (mise.toml:1)"),
  mise(MISE, "\n[tools]\nnode = \n", "* ! it is not TOML (mise.toml:3)"),
  mise(MISE_TOOLS, '[tools]\nnode = { version = "22", postinstall = "corepack enable" }\n', "node 22 (mise.toml:2)"),
  mise(MISE_TOOLS, '[tools.node]\nversion = "22"\n', "node 22 (mise.toml:1)"),
  mise(MISE_TOOLS, '[tools]\nnode = [{ version = "22" }, "20"]\n', "node + 22 20 (mise.toml:2)"),
  mise(MISE_TOOLS, '[tools]\nnode = { path = "/opt/node" }\n', "node path:/opt/node (mise.toml:2)"),
  mise(MISE_TOOLS, '[tools]\nnode = { version = "22", os = ["macos"] }\n'),
  mise(MISE_TOOLS, '[tools]\nnode = { version = "22", os = ["linux", "macos"] }\n', "node 22 (mise.toml:2)"),
  mise(MISE_TOOLS, '[tools]\n"core:node" = "22"\n', "node 22 (mise.toml:2)"),
  mise(MISE_TOOLS, '[tools]\n"npm:prettier" = "3"\n', "npm:prettier 3 (mise.toml:2)"),
  mise(MISE_TOOLS, '[tools]\ngolang = "1.22"\n', "go 1.22 (mise.toml:2)"),
  mise(MISE_TOOLS, "[tools]\nnode = 20\n", `node ! ${NO_TEXT} (mise.toml:2)`),
  mise(MISE_TOOLS, "[tools]\nnode = []\n", `node ! ${NONE} (mise.toml:2)`),
  mise(MISE_TOOLS, "[tools]\nnode = {}\n", `node ! ${NO_TEXT} (mise.toml:2)`),
  mise(
    MISE_TOOLS,
    '[tools]\nnode = "{{ env.NODE }}"\n',
    "node ! it is a template, which omg does not evaluate (mise.toml:2)",
  ),
  mise(MISE_TOOLS, '[tools]\nnode = "$(id)"\n', 'node ! "$(id)" is not a version (mise.toml:2)'),
  mise(SCOPES, '[tools]\nnode = "sub-2:lts"\n', "node sub-2:lts (mise.toml:2)"),
  mise(SCOPES, '[tools]\ngo = "prefix:1.20"\n', "go 1.20 (mise.toml:2)"),
  ...[
    "mise.local.toml",
    ".mise.toml",
    "mise/config.toml",
    ".mise/config.toml",
    ".config/mise.toml",
    ".config/mise/config.toml",
  ].map(
    (name): Case =>
      file(name)(
        MISE_FILES,
        '[tools]\nnode = "20"\n',
        `node 20 (${name === "mise.local.toml" || name === ".mise.toml" ? name : `/a/b/${name}`}:2)`,
      ),
  ),
  [
    MISE_FILES,
    { "a/b/mise.local.toml": '[tools]\nnode = "22"\n', "a/b/mise.toml": '[tools]\nnode = "20"\nruby = "3"\n' },
    "node 22 (mise.local.toml:2)",
    "ruby 3 (mise.toml:3)",
  ],
  [
    MISE_FILES,
    { "a/b/mise.toml": '[tools]\nnode = "22"\n', "a/b/.config/mise.toml": '[tools]\nnode = "20"\n' },
    "node 22 (mise.toml:2)",
  ],
  [
    MISE_FILES,
    { "a/b/.config/mise.toml": '[tools]\nnode = "path:bin/node"\n' },
    "node path:/w/a/b/bin/node (/a/b/.config/mise.toml:2)",
  ],
  [
    MISE,
    { "mise.toml": '[tools]\nnode = "20"\npython = "3.10"\n', "a/b/mise.toml": '[tools]\nnode = "18"\nruby = "3.1"\n' },
    "node 18 (mise.toml:2)",
    "python 3.10 (/mise.toml:3)",
    "ruby 3.1 (mise.toml:3)",
  ],
  [
    "issue 6: the order within a folder",
    { "a/b/.tool-versions": "node 20.0.0\n", "a/b/mise.toml": '[tools]\nnode = "22"\n' },
    "node 20.0.0 (.tool-versions:1)",
  ],
  [
    "issue 6: the closest folder",
    { ".tool-versions": "node 20.0.0\npython 3.11\n", "a/mise.toml": "[tools\n", "a/b/.nvmrc": "22\n" },
    "* ! it is not TOML (/a/mise.toml:1)",
    "node 22 (.nvmrc:1)",
  ],
];
