import { defaultLightTheme, type RaThemeOptions } from 'react-admin';
import type { Region } from '../region/region.ts';

/** A colour for each region, so that nobody edits the wrong one unawares. Both stand 7:1 or better against white. */
const regionColour: Readonly<Record<Region, string>> = { world: '#1d3b5c', china: '#8a1c2e' };

/** Fonts that the machine has, Chinese ones among them: nothing is loaded. */
const fontFamily = [
  'system-ui',
  '-apple-system',
  '"Segoe UI"',
  'Roboto',
  '"Helvetica Neue"',
  '"PingFang SC"',
  '"Microsoft YaHei"',
  '"Noto Sans CJK SC"',
  '"Noto Sans SC"',
  'sans-serif',
].join(',');

/** The look of the panel while it shows a region. */
export function themeOf(region: Region): RaThemeOptions {
  const main = regionColour[region];
  return {
    ...defaultLightTheme,
    palette: {
      ...defaultLightTheme.palette,
      primary: { main },
      secondary: { main, contrastText: '#fff' },
      // MUI's orange and blue are too light for white letters, and as letters on white.
      warning: { main: '#a8500a', contrastText: '#fff' },
      info: { main: '#01579b', contrastText: '#fff' },
      background: { default: '#f5f6f8', paper: '#fff' },
    },
    typography: { ...defaultLightTheme.typography, fontFamily },
    shape: { borderRadius: 8 },
    components: {
      ...defaultLightTheme.components,
      MuiPaper: { styleOverrides: { elevation1: { boxShadow: 'none', border: '1px solid #e1e4e9' } } },
      MuiAppBar: { defaultProps: { elevation: 0 } },
      MuiTableCell: { styleOverrides: { head: { fontWeight: 600, color: '#4a5361' } } },
      MuiButton: { styleOverrides: { root: { textTransform: 'none' } } },
      RaToolbar: { styleOverrides: { root: { backgroundColor: '#f5f6f8', borderTop: '1px solid #e1e4e9' } } },
    },
  };
}
