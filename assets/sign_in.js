// Lets the dashboard know that this site asks for a token, so that it offers to sign out.
try {
  localStorage.setItem("asks-for-token", "yes");
} catch {
  // Storage may be forbidden: then there is no button, and the session ends by itself.
}
