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
