export const contributeTicket = () => undefined
