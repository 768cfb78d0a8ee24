/** The language runtimes that omg installs by itself, each a provider of its own. */
export const RUNTIMES = ["node", "python", "go", "rust", "ruby", "java", "bun", "deno"] as const;

export type Runtime = (typeof RUNTIMES)[number];

/** What each runtime's `bin` folder has, as far as people call it by name: first the one that it is called by. */
export const EXECUTABLES: Readonly<Record<Runtime, readonly [string, ...string[]]>> = {
  node: ["node", "npm", "npx", "corepack"],
  python: ["python", "python3", "pip", "pip3"],
  go: ["go", "gofmt"],
  rust: ["rustc", "cargo", "rustdoc", "rustfmt", "cargo-fmt", "clippy-driver", "cargo-clippy", "rust-gdb", "rust-lldb"],
  ruby: ["ruby", "gem", "bundle", "bundler", "irb", "rake", "erb", "ri", "rdoc", "racc"],
  java: ["java", "javac", "jar", "javadoc", "jshell", "keytool", "jcmd", "jps", "jstack", "jlink", "jdeps"],
  bun: ["bun", "bunx"],
  deno: ["deno"],
};

export function isRuntime(name: string): name is Runtime {
  return (RUNTIMES as readonly string[]).includes(name);
}

/** The runtime that an executable belongs to. */
export function runtimeOf(executable: string): Runtime | undefined {
  return RUNTIMES.find((runtime) => (EXECUTABLES[runtime] as readonly string[]).includes(executable));
}

/** The provider of every other tool that a lock asks for among the runtimes: mise finds it, and unpacks it. */
export const MISE = "mise";

/** One version of such a tool, in mise's own words, which is also the name of the resource: `jq@1.7.1`. */
export interface ToolVersion {
  readonly tool: string;
  readonly version: string;
}

export function toolVersionName({ tool, version }: ToolVersion): string {
  return `${tool}@${version}`;
}

/** The other way; what has no version is all tool. */
export function readToolVersion(name: string): ToolVersion {
  const at = name.indexOf("@");
  return at < 0 ? { tool: name, version: "" } : { tool: name.slice(0, at), version: name.slice(at + 1) };
}

/** What people call the runtime or tool that an address is about: `node` for `node.20.19.5`; undefined for any other resource. */
export function runtimeNamed(address: string): string | undefined {
  const dot = address.indexOf(".");
  const provider = address.slice(0, dot);
  if (provider === MISE) return readToolVersion(address.slice(dot + 1)).tool;
  return isRuntime(provider) ? provider : undefined;
}
