// Loaded before a process of the service: sets its clock by FLOORWATCH_TEST_CLOCK_STEP_MS at SIGUSR2, and back at the next.
const trueNow = Date.now
const stepMs = Number(process.env.FLOORWATCH_TEST_CLOCK_STEP_MS)
let offMs = 0
Date.now = () => trueNow() + offMs
process.on('SIGUSR2', () => {
  offMs = offMs === 0 ? stepMs : 0
})
