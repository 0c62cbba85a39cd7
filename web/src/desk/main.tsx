import '../shared/style/tokens.css';
import '../shared/style/base.scss';
import './desk.scss';
import { render } from 'preact';
import { App, startLanguage } from './app';

const page = document.getElementById('page');
if (page) {
    void startLanguage().then((language) => render(<App language={language} />, page));
}
