import tseslint from 'typescript-eslint';

export default tseslint.config(
    { ignores: ['dist', 'node_modules', '**/.gallery', '**/*.mjs', 'eslint.config.js'] },
    ...tseslint.configs.strictTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
            '@typescript-eslint/no-confusing-void-expression': [
                'error',
                { ignoreArrowShorthand: true },
            ],
            '@typescript-eslint/no-non-null-assertion': 'error',
            'no-restricted-properties': ['error', { property: 'dangerouslySetInnerHTML' }],
            eqeqeq: 'error',
            'no-console': 'error',
        },
    },
);
