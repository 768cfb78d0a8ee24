/** What a shell can offer for a value. `packages`: all that could be installed; `installed`: what is. */
export type Completion = "files" | "folders" | "packages" | "installed" | "generations" | "providers" | "commands";
