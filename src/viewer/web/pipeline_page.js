// The pipeline's page where it stands alone, as the extension zpages serves it.

import { show } from './pipeline.js';
import { themeSwitch } from './theme.js';

document.querySelector('.switches').append(themeSwitch());
show(document.getElementById('view'));
