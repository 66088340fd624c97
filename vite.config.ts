import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds the playground's page, src/page, into dist/page. */
export default defineConfig({
  root: 'src/page',
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    target: 'es2022',
  },
});
