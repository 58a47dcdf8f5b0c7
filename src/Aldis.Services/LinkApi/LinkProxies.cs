using System.Buffers;
using System.Text.Json;
using Aldis.Protocols.Text;
using Aldis.Protocols.Toxics;

namespace Aldis.Services.LinkApi;

/// <summary>The proxies of the API and what requests do with them. Safe to call from several threads: one request after the other.</summary>
/// <param name="options">What is allowed.</param>
internal sealed class LinkProxies(LinkApiOptions options) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SortedDictionary<string, LinkProxy> _proxies = new(StringComparer.Ordinal);

    /// <summary>Ends all proxies.</summary>
    /// <returns>When they have ended.</returns>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        foreach (LinkProxy proxy in _proxies.Values)
        {
            await proxy.StopAsync().ConfigureAwait(false);
        }

        _proxies.Clear();
        _turn.Dispose();
    }

    /// <summary>The proxies that there are, for those who show them.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The proxies, by name.</returns>
    public async Task<IReadOnlyList<LinkProxy>> ListAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return [.. _proxies.Values];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Does what a request asks for.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Gives up, before anything was changed.</param>
    /// <returns>The answer; a refusal is one too.</returns>
    public async Task<LinkApiAnswer> AnswerAsync(LinkApiRequest request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await AnswerInTurnAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ApiRefusalException refusal)
        {
            return LinkApiAnswer.Of(refusal);
        }
        finally
        {
            _turn.Release();
        }
    }

    private Task<LinkApiAnswer> AnswerInTurnAsync(LinkApiRequest request, CancellationToken cancellationToken) => request.Operation switch
    {
        LinkApiOperation.Version => Task.FromResult(LinkApiAnswer.Of(200, WriteVersion)),
        LinkApiOperation.Reset => ResetAsync(cancellationToken),
        LinkApiOperation.Populate => PopulateAsync(request.Body, cancellationToken),
        LinkApiOperation.ListProxies => Task.FromResult(LinkApiAnswer.Of(200, WriteProxies)),
        LinkApiOperation.CreateProxy => CreateAsync(request.Body, cancellationToken),
        LinkApiOperation.ShowProxy => Task.FromResult(LinkApiAnswer.Of(200, Get(request.Proxy).Write)),
        LinkApiOperation.ChangeProxy => ChangeAsync(Get(request.Proxy), request.Body, cancellationToken),
        LinkApiOperation.DeleteProxy => DeleteAsync(Get(request.Proxy)),
        LinkApiOperation.ListToxics => Task.FromResult(LinkApiAnswer.Of(200, Get(request.Proxy).WriteToxics)),
        _ => Task.FromResult(AnswerToxic(Get(request.Proxy), request)),
    };

    private static LinkApiAnswer AnswerToxic(LinkProxy proxy, LinkApiRequest request)
    {
        Toxic toxic;
        switch (request.Operation)
        {
            case LinkApiOperation.CreateToxic:
                using (JsonDocument body = ApiBody.Parse(request.Body))
                {
                    toxic = ToxicJson.ReadNew(body.RootElement, proxy.Settings.IsDatagrams);
                }

                proxy.Toxics.Add(toxic);
                break;
            case LinkApiOperation.ChangeToxic:
                toxic = proxy.Toxics.Get(request.Toxic);
                using (JsonDocument body = ApiBody.Parse(request.Body))
                {
                    toxic = ToxicJson.ReadChange(body.RootElement, toxic);
                }

                proxy.Toxics.Replace(toxic);
                break;
            case LinkApiOperation.DeleteToxic:
                proxy.RemoveToxic(request.Toxic);
                return LinkApiAnswer.NoContent;
            default:
                toxic = proxy.Toxics.Get(request.Toxic);
                return LinkApiAnswer.Of(200, writer => proxy.WriteToxic(writer, toxic));
        }

        proxy.ApplyToxics();
        return LinkApiAnswer.Of(200, writer => proxy.WriteToxic(writer, toxic));
    }

    private async Task<LinkApiAnswer> ResetAsync(CancellationToken cancellationToken)
    {
        foreach (LinkProxy proxy in _proxies.Values)
        {
            await proxy.StartAsync(cancellationToken).ConfigureAwait(false);
            foreach (string toxic in proxy.Toxics.All.Select(static toxic => toxic.Name).ToArray())
            {
                proxy.RemoveToxic(toxic);
            }
        }

        return LinkApiAnswer.NoContent;
    }

    private async Task<LinkApiAnswer> CreateAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ProxySettings settings;
        using (JsonDocument document = ApiBody.Parse(body))
        {
            settings = ProxySettings.ReadNew(document.RootElement);
        }

        if (_proxies.ContainsKey(settings.Name))
        {
            throw new ApiRefusalException(
                409, "proxy already exists", "Delete the proxy of this name first, change it, or use /populate, which replaces it.");
        }

        LinkProxy proxy = await AddAsync(settings, cancellationToken).ConfigureAwait(false);
        return LinkApiAnswer.Of(201, proxy.Write);
    }

    private async Task<LinkApiAnswer> PopulateAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var made = new List<LinkProxy>();
        ApiRefusalException? refusal = null;
        try
        {
            IReadOnlyList<ProxySettings> all;
            using (JsonDocument document = ApiBody.Parse(body))
            {
                all = ProxySettings.ReadAll(document.RootElement);
            }

            foreach (ProxySettings settings in all)
            {
                made.Add(await AddOrReplaceAsync(settings, cancellationToken).ConfigureAwait(false));
            }
        }
        catch (ApiRefusalException exception)
        {
            refusal = exception;
        }

        return LinkApiAnswer.Of(refusal?.Status ?? 201, writer =>
        {
            writer.WriteStartObject();
            if (refusal is not null)
            {
                LinkApiAnswer.WriteFields(writer, refusal);
            }

            writer.WriteStartArray("proxies"u8);
            made.ForEach(proxy => proxy.Write(writer));
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private async Task<LinkProxy> AddOrReplaceAsync(ProxySettings settings, CancellationToken cancellationToken)
    {
        if (_proxies.TryGetValue(settings.Name, out LinkProxy? existing))
        {
            if (!await existing.DiffersAsync(settings, cancellationToken).ConfigureAwait(false))
            {
                return existing;
            }

            await existing.StopAsync().ConfigureAwait(false);
            _proxies.Remove(settings.Name);
        }

        return await AddAsync(settings, cancellationToken).ConfigureAwait(false);
    }

    private async Task<LinkProxy> AddAsync(ProxySettings settings, CancellationToken cancellationToken)
    {
        if (_proxies.Count == LinkApiOptions.MaxProxies)
        {
            throw new ApiRefusalException(
                429, "too many proxies", $"There may be {LinkApiOptions.MaxProxies} proxies: delete one first.");
        }

        RefuseCircle(settings);
        var proxy = new LinkProxy(settings, options);
        if (settings.Enabled)
        {
            await proxy.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // What could never run is refused now, and not when it is enabled.
            await proxy.DiffersAsync(settings, cancellationToken).ConfigureAwait(false);
        }

        _proxies.Add(settings.Name, proxy);
        return proxy;
    }

    private async Task<LinkApiAnswer> ChangeAsync(LinkProxy proxy, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ProxySettings settings;
        using (JsonDocument document = ApiBody.Parse(body))
        {
            settings = proxy.Settings.ReadChange(document.RootElement);
        }

        RefuseCircle(settings);
        await proxy.ChangeAsync(settings, cancellationToken).ConfigureAwait(false);
        return LinkApiAnswer.Of(200, proxy.Write);
    }

    private async Task<LinkApiAnswer> DeleteAsync(LinkProxy proxy)
    {
        _proxies.Remove(proxy.Name);
        await proxy.StopAsync().ConfigureAwait(false);
        return LinkApiAnswer.NoContent;
    }

    /// <summary>Goes from proxy to proxy as a connection would: one that comes back would open connections until there are no more.</summary>
    private void RefuseCircle(ProxySettings settings)
    {
        ProxySettings[] others = [.. _proxies.Values.Select(static proxy => proxy.Settings)
            .Where(other => other.Name != settings.Name && other.IsDatagrams == settings.IsDatagrams)];
        ProxySettings? next = settings;
        for (int step = 0; step <= others.Length && next is not null; step++)
        {
            string upstream = next.Upstream;
            if (step > 0 && LinkApiAddresses.Reaches(upstream, settings.Listen))
            {
                throw new ApiRefusalException(
                    400, "upstream leads back", $"What goes to {PrintableText.Escape(settings.Upstream)} comes back to this proxy by way of others: name another port.");
            }

            next = Array.Find(others, other => LinkApiAddresses.Reaches(upstream, other.Listen));
        }
    }

    private LinkProxy Get(string name) =>
        _proxies.TryGetValue(name, out LinkProxy? proxy) ? proxy : throw new ApiRefusalException(404, "proxy not found");

    private void WriteProxies(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (LinkProxy proxy in _proxies.Values)
        {
            writer.WritePropertyName(proxy.Name);
            proxy.Write(writer);
        }

        writer.WriteEndObject();
    }

    /// <summary>The version of toxiproxy whose API this is, for clients that look, and who answers.</summary>
    private static void WriteVersion(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("version"u8, "2.12.0"u8);
        writer.WriteString("server"u8, "aldis"u8);
        writer.WriteEndObject();
    }
}
