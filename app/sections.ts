// The screens that the navigation leads to, once for the rail, the palette and the list of keys.
import type { IconName } from '../components/icon.tsx';

export type Section = 'projects' | 'files' | 'events' | 'jobs' | 'metrics' | 'nodes' | 'shares' | 'settings';

export interface SectionLook {
  readonly id: Section;
  readonly word: string;
  readonly icon: IconName;
  readonly href: string;
  /** after `g` */
  readonly key: string;
  /** files of the browser that only these screens load, beside those of every page */
  readonly own?: readonly string[];
  /** on a narrow screen it is under “More”: the bar at the thumb has room for six */
  readonly isMinor?: true;
}

export const sections: readonly SectionLook[] = [
  { id: 'projects', word: 'Projects', icon: 'boxes', href: '/projects', key: 'p' },
  { id: 'files', word: 'Files', icon: 'folder-tree', href: '/files', key: 'f', own: ['files.css', 'files.js'] },
  { id: 'events', word: 'Events', icon: 'activity', href: '/events', key: 'e' },
  { id: 'jobs', word: 'Jobs', icon: 'layers', href: '/jobs', key: 'j' },
  {
    id: 'metrics',
    word: 'Metrics',
    icon: 'chart-line',
    href: '/metrics-view',
    key: 'm',
    own: ['metrics.css', 'metrics.js'],
  },
  { id: 'nodes', word: 'Nodes', icon: 'server', href: '/nodes', key: 'n' },
  { id: 'shares', word: 'Shares', icon: 'share-2', href: '/shares', key: 's', isMinor: true },
  {
    id: 'settings',
    word: 'Settings',
    icon: 'settings',
    href: '/settings',
    key: ',',
    isMinor: true,
    own: ['settings.css'],
  },
];
