namespace Aldis.Dashboard.Api;

/// <summary>Why a request was not answered (RFC 9457).</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Title">What happened and what to do, in a sentence.</param>
internal sealed record ProblemView(int Status, string Title);
