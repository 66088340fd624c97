import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './frame/app.js';
import './style/tokens.css';
import './style/frame.css';
import './style/slack.css';
import './style/form.css';
import './style/fleet.css';
import './style/tour.css';

const client = new QueryClient({ defaultOptions: { queries: { retry: true, retryDelay: 1000 } } });
const root = document.querySelector('#root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
