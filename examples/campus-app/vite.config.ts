import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: {
    // The page and the graph share an origin, as they would behind a campus proxy: no CORS.
    proxy: { '/graphql': 'http://127.0.0.1:4000' },
  },
  // Found before the first visit, so that no visit waits for a second round.
  optimizeDeps: {
    include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', '@apollo/client', '@apollo/client/react'],
  },
});
