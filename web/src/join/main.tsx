import '../shared/style/tokens.css';
import '../shared/style/base.scss';
