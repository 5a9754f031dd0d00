import { enhance } from "./core/view.js";

export default enhance(() => {});
