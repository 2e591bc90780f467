/** Shown while the panel is not built yet; asks again by itself. No script and no style attribute, so that the policy of the panel fits. */
export const waitingPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>madeinworld: the admin panel is being built</title>
</head>
<body>
<h1>The admin panel is being built</h1>
<p>This page asks again every two seconds and becomes the panel when it is there. <span lang="zh">管理面板正在构建，稍后会自动显示。</span></p>
</body>
</html>
`;
