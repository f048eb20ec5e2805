import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import viteConfig from "./vite.config";

// A file of its own, because vitest is not installed where the console is only built.
export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      environment: "happy-dom",
      include: ["src/**/*.test.{ts,tsx}"],
      restoreMocks: true,
      // One process runs all files, each in a realm of its own. A process for each file takes seven
      // times as much processor time.
      pool: "vmThreads",
    },
  }),
);
