/** First names with letters from many scripts. */
export const firstNames = [
  'Ada',
  'Zoë',
  'José',
  'Łucja',
  'Søren',
  'Nguyễn',
  'Αλεξία',
  'Дмитро',
  '美咲',
  '지훈',
  'محمد',
  'אסתר',
  'अनन्या',
  'Ólafur',
  'Chloé',
  'Jürgen',
  'İpek',
  'Grace',
  "D'Angelo",
  'Mary Ann',
  '👩🏽‍🚀 Nova',
  'สมชาย',
  'Tũī',
  'François',
] as const;

/** Family names likewise. */
export const lastNames = [
  'Lovelace',
  'García Márquez',
  'Kowalska',
  'Ångström',
  'Trần',
  'Παπαδοπούλου',
  'Шевченко',
  '佐藤',
  '김',
  'الخوارزمي',
  'כהן',
  'शर्मा',
  'Guðmundsdóttir',
  'O’Neill',
  'Müller-Lüdenscheidt',
  'Yıldız',
  'Hopper',
  'da Silva',
  'van ’t Hoff',
  'สุขใจ',
  'Ngata',
  'Brontë',
] as const;

export const companyNames = [
  'Café Zürich',
  'Δέλτα Energy',
  'Northwind & Sons',
  '東京 Robotics',
  'Smörgås AB',
  'Quotes "R" Us',
  'Пекарня',
  'Acme\\Backslash',
] as const;

export const products = [
  'Tea pot',
  'Espresso 250 g',
  'Crème brûlée set',
  '抹茶',
  'Mug “Ø 8 cm”',
  'Filter papers',
] as const;

export const eventNames = ['Order Completed', 'Product Viewed', 'Cart Abandoned', 'Review Written'] as const;

export const pageTitles = ['Home', 'Shop', 'Über uns', 'Checkout', '特定商取引法', 'Help'] as const;

export const screenNames = ['Start', 'Basket', 'Profile', 'Scan a code', 'Réglages'] as const;
