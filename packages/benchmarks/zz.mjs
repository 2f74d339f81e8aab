import { payloads } from '/work/main/packages/core/dist/index.js'
import * as devalue from 'devalue'
const DAY=864e5
const mk=index=>({ id:`order-${1000+index}`, customer:`customer-${(index*7919)%1000}`, placedAt:new Date(Date.UTC(2026,0,1)+index*DAY), deliverBy:new Date(Date.UTC(2026,0,1)+index*DAY+3*DAY), total: 4999n+BigInt(index)*10000000000n, tags:new Set(['gift',`campaign-${index%7}`]), reserved:new Map([[`sku-${index}`,1+index%5],[`sku-${index+1}`,2]]), coupon:undefined, items:[{sku:'sku-'+index,quantity:1,price:100},{sku:'sku-'+(index+1),quantity:2,price:300}]})
const vs=Array.from({length:64},(_, i)=>mk(i)); const ts=vs.map(v=>payloads.encode(v)); const ds=vs.map(v=>devalue.stringify(v))
console.log(ts[0], ts[0].length)
const fs={parse:i=>JSON.parse(ts[i&63]), dec:i=>payloads.decode(ts[i&63]), ddec:i=>devalue.parse(ds[i&63]), enc:i=>{const t=payloads.encode(vs[i&63],{event:'x'}); t.charCodeAt(3); return t}, denc:i=>devalue.stringify(vs[i&63]), copy:i=>payloads.copy(vs[i&63]), iso:i=>vs[i&63].placedAt.toISOString(), newDate:i=>new Date('2026-01-01T00:00:00.000Z')}
const res={}; for(const k in fs){res[k]=[]; for(let i=0;i<5000;i++) fs[k](i)}
for(let r=0;r<25;r++) for(const k in fs){const t=process.hrtime.bigint(); for(let i=0;i<2000;i++) fs[k](i); res[k].push(Number(process.hrtime.bigint()-t)/2000)}
for(const k in fs){res[k].sort((a,b)=>a-b); console.log(k.padEnd(10), res[k][12].toFixed(0), res[k][0].toFixed(0))}
