// The console's first module: what all pages need, then the page.

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { questions } from './questions.ts';
import { Gate } from './shell/gate.tsx';
import { pages } from './shell/pages.ts';
import { router } from './shell/router.tsx';
import { applyTheme } from './theme.ts';
import './style/tokens.css';
import './style/base.css';

applyTheme();
// On its way while the host says who is here. Whether it came is the router's to see.
pages
  .find(({ path }) => path === location.pathname)
  ?.load()
  .catch(() => undefined);
const place = document.getElementById('root');
if (place)
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={questions}>
        <Gate>
          <RouterProvider router={router} />
        </Gate>
      </QueryClientProvider>
    </StrictMode>,
  );
