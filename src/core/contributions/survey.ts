export const contributeSurvey = () => undefined
