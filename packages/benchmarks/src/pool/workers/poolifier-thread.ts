import { ThreadWorker } from 'poolifier'
import { resultOf, type Task } from '../task.js'

export default new ThreadWorker<Task, number>((task) => resultOf(task as Task))
