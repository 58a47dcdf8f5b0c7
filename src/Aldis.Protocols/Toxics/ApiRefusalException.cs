namespace Aldis.Protocols.Toxics;

/// <summary>A request that is refused, and changed nothing.</summary>
/// <param name="status">The HTTP status, 400 to 599.</param>
/// <param name="error">What toxiproxy says in this case, word for word where it has such a case: its clients compare it.</param>
/// <param name="detail">A sentence for people that says what to do; null where the error says all.</param>
internal sealed class ApiRefusalException(int status, string error, string? detail = null) : InvalidOperationException(detail ?? error)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The value of <c>error</c> in the answer.</summary>
    public string Error { get; } = error;

    /// <summary>The value of <c>detail</c> in the answer, or null.</summary>
    public string? Detail { get; } = detail;

    /// <summary>A body that is not what it should be.</summary>
    /// <param name="what">What is wrong with it; begins in lower case and has no full stop.</param>
    /// <returns>A refusal with 400.</returns>
    public static ApiRefusalException BadBody(string what) => new(400, "bad request body: " + what);

    /// <summary>A field that must be there and is not.</summary>
    /// <param name="field">Its name, and where it is missing.</param>
    /// <returns>A refusal with 400.</returns>
    public static ApiRefusalException Missing(string field) => new(400, "missing required field: " + field);
}
