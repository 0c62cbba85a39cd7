import '../shared/style/tokens.css';
import '../shared/style/base.scss';
import './desk.scss';
import { render } from 'preact';
import { keepDoubleClicksTogether } from '../shared/clicks';
import { App, startLanguage } from './app';

const page = document.getElementById('page');
if (page) {
    keepDoubleClicksTogether();
    void startLanguage().then((language) => render(<App language={language} />, page));
}
