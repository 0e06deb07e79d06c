import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { PageTitle } from '../parts/panel.tsx';
import { words } from '../words.ts';
import { PageError } from './page-error.tsx';
import { pages } from './pages.ts';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: Missing, errorComponent: PageError });

function Missing() {
  return <PageTitle title={words.errors.page_missing} />;
}

export const router = createRouter({
  routeTree: root.addChildren(
    pages.map(({ path, load }) =>
      createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) }),
    ),
  ),
  defaultPreload: 'intent',
  defaultErrorComponent: PageError,
});
