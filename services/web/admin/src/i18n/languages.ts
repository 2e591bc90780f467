/** What the panel speaks. */
export const languages = [
  { locale: 'en', name: 'English' },
  { locale: 'zh', name: '中文' },
];
