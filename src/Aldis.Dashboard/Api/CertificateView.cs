namespace Aldis.Dashboard.Api;

/// <summary>A certificate that the server shows.</summary>
/// <param name="File">Its file.</param>
/// <param name="ValidUntil">Until when it is valid.</param>
/// <param name="DaysLeft">How long that is; less than 0 where it is over.</param>
internal sealed record CertificateView(string File, DateTimeOffset ValidUntil, double DaysLeft);
